// What stands behind # in an invitation's address never reaches a server's log; it goes into the form, and out of the bar.
"use strict";

const field = document.querySelector("input[name=invitation]");
if (location.hash.length > 1) {
  field.value = location.hash.slice(1);
  document.querySelector("#typed").hidden = true;
  history.replaceState(null, "", location.pathname);
}
