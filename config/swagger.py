"""Settings of Swagger UI at /docs, as the JavaScript that it accepts."""

# Swagger UI fills every field of a form with a sample, so an untouched form would send all options
# at once. Here optional fields begin empty, which the API treats as absent; required ones keep
# their example.
UI = """{
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  plugins: [
    () => ({
      wrapComponents: {
        JsonSchemaForm: (Original, system) => (props) =>
          system.React.createElement(
            Original,
            props.dispatchInitialValue && !props.required
              ? Object.assign({}, props, { dispatchInitialValue: false })
              : props
          ),
      },
    }),
  ],
}"""
