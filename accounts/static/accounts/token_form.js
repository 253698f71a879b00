// The token stands after the `#` of the link, which browsers do not send to servers.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  document.getElementById("token").value = token;
  document.getElementById("token-row").hidden = true;
  history.replaceState(null, "", location.pathname);
}
