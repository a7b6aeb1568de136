// Fields as a person left them: which were changed, and how they get back to what the page said.

export function isChanged(field) {
  if (field.tagName === "SELECT") return field.selectedIndex !== defaultIndex(field);
  if (isSwitch(field)) return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

export function valueOf(field) {
  return isSwitch(field) ? String(field.checked) : field.value;
}

export function setValue(field, value) {
  if (isSwitch(field)) field.checked = value === "true";
  else field.value = value;
}

// What each of the form's fields holds now.
export function valuesOf(form) {
  return new Map(typedFields(form).map((field) => [field, valueOf(field)]));
}

export function typedFields(form) {
  return [...form.elements].filter((field) => field.matches("input:not([type=hidden]), textarea, select"));
}

export function setDefault(field) {
  if (field.tagName === "SELECT") field.selectedIndex = defaultIndex(field);
  else if (isSwitch(field)) field.checked = field.defaultChecked;
  else field.value = field.defaultValue;
}

function isSwitch(field) {
  return field.type === "checkbox" || field.type === "radio";
}

function defaultIndex(select) {
  return Math.max(0, [...select.options].findIndex((option) => option.defaultSelected));
}
