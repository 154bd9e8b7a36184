"""What would break a program that was written against an older description."""

_TYPE = ("type", "format", "enum", "pattern", "$ref", "const")


def breaks(old, new):
    """Yield a sentence for each thing that an old program relies on and does not find any more."""
    for path, item in old["paths"].items():
        for method, operation in item.items():
            now = new["paths"].get(path, {}).get(method)
            place = f"{method.upper()} {path}"
            if now is None:
                yield f"{place} is gone"
            else:
                yield from _operation(place, operation, now)
    schemas = new["components"]["schemas"]
    asked = {"RecordNew", "RecordChange", "ActionIn", "BulkIn", "ChosenIn", "CommentIn"}
    asked |= {name for name in schemas if name.endswith("In")}
    for name, schema in old["components"]["schemas"].items():
        if name not in schemas:
            yield f"type {name} is gone"
        else:
            yield from _schema(name, schema, schemas[name], is_asked=name in asked)


def _operation(place, old, new):
    if old["operationId"] != new["operationId"]:
        yield f"{place} has another operationId"
    before = {(each["in"], each["name"]): each for each in old["parameters"]}
    after = {(each["in"], each["name"]): each for each in new["parameters"]}
    for key, each in before.items():
        if key not in after:
            yield f"{place} has no parameter {key[1]} any more"
        else:
            yield from _types(f"{place} {key[1]}", each["schema"], after[key]["schema"])
    for key, each in after.items():
        if each["required"] and not before.get(key, {}).get("required"):
            yield f"{place} needs {key[1]} now"
    if gone := set(old["responses"]) - set(new["responses"]):
        yield f"{place} does not answer {min(gone)} any more"
    forms = [set(each.get("requestBody", {}).get("content", ())) for each in (old, new)]
    if gone := forms[0] - forms[1]:
        yield f"{place} does not take {min(gone)} any more"


def _schema(name, old, new, *, is_asked):
    fields = new.get("properties", {})
    for field, schema in old.get("properties", {}).items():
        if field not in fields:
            yield f"{name}.{field} is gone"
        else:
            yield from _types(f"{name}.{field}", schema, fields[field])
    needed = set(new.get("required", ())), set(old.get("required", ()))
    if is_asked and (more := needed[0] - needed[1]):
        yield f"{name}.{min(more)} is needed now"
    if not is_asked and (fewer := (needed[1] - needed[0]) & set(fields)):
        yield f"{name}.{min(fewer)} may be missing now"


def _types(place, old, new):
    for key in _TYPE:
        if old.get(key) != new.get(key):
            yield f"{place}: {key} was {old.get(key)}, is {new.get(key)}"
    for key in ("items", "additionalProperties"):
        pair = old.get(key), new.get(key)
        if all(isinstance(each, dict) for each in pair):
            yield from _types(f"{place}[]", *pair)
    several = [list(each.get("anyOf", ())) for each in (old, new)]
    if several[0] != several[1]:
        yield f"{place}: was any of {several[0]}, is any of {several[1]}"
