"""Settings of the page at /docs, as the JavaScript that Swagger UI takes."""

# Swagger UI fills in every field of a form with a sample, so that an untouched form asks for all
# options at once. Here optional fields begin empty, which is the same to the API as leaving them
# out; required ones keep their example.
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
