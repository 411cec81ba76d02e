"""CloudFormation templates with their parameters filled in, and IAM policies in one form, so that they can be compared.

Only what the templates of deploy/ use; anything else is an error.
"""
import json
import re

import yaml

PSEUDO = {"AWS::Partition": "aws", "AWS::AccountId": "222222222222", "AWS::Region": "us-east-1", "AWS::StackName": "neptune-scan"}
NOTHING = object()  # AWS::NoValue


class Tagged:
    """A short form: !Ref, !Sub ..."""

    def __init__(self, name, value):
        self.name, self.value = name, value


class Loader(yaml.SafeLoader):
    """Keeps the short forms."""


def construct(loader, tag, node):
    if isinstance(node, yaml.SequenceNode):
        return Tagged(tag, loader.construct_sequence(node, deep=True))
    if isinstance(node, yaml.MappingNode):
        return Tagged(tag, loader.construct_mapping(node, deep=True))
    return Tagged(tag, loader.construct_scalar(node))


Loader.add_multi_constructor("!", construct)


def load(text):
    return yaml.load(text, Loader)


class Template:
    """A template with values for its parameters. A missing or malformed one is refused, as CloudFormation does."""

    def __init__(self, text, partition="aws", **parameters):
        self.source = load(text)
        self.values = {**PSEUDO, "AWS::Partition": partition}
        for name, of in self.source["Parameters"].items():
            value = parameters.pop(name, of.get("Default"))
            assert value is not None, f"{name} has no value"
            assert re.fullmatch(of.get("AllowedPattern", ".*"), str(value)), f"{name}: {value} does not match"
            assert len(str(value)) <= of.get("MaxLength", 4096), f"{name}: {value} is too long"
            assert value in of.get("AllowedValues", [value]), f"{name}: {value} is not allowed"
            self.values[name] = value
        assert not parameters, f"no such parameter: {parameters}"
        for name, rule in self.source.get("Rules", {}).items():
            for assertion in rule["Assertions"]:
                assert self.fill(assertion["Assert"]), f"{name}: {assertion['AssertDescription']}"

    def resource(self, name):
        return self.fill(self.source["Resources"][name]["Properties"])

    def holds(self, name):
        return self.fill(self.source["Conditions"][name])

    def fill(self, value):
        if isinstance(value, Tagged):
            return getattr(self, f"fill_{value.name.lower()}")(value.value)
        if isinstance(value, dict):
            filled = {name: self.fill(each) for name, each in value.items()}
            return {name: each for name, each in filled.items() if each is not NOTHING}
        if isinstance(value, list):
            return [each for each in map(self.fill, value) if each is not NOTHING]
        return value

    def fill_ref(self, name):
        if name in self.source["Resources"]:
            return f"({name})"
        return NOTHING if name == "AWS::NoValue" else self.values[name]

    def fill_sub(self, value):
        text, more = value if isinstance(value, list) else (value, {})
        values = {**self.values, **self.fill(more)}
        return re.sub(r"\$\{([^!}][^}]*)\}", lambda found: values[found[1]], text).replace("${!", "${")

    def fill_if(self, value):
        name, then, otherwise = value
        return self.fill(then if self.holds(name) else otherwise)

    def fill_select(self, value):
        return self.fill(value[1])[int(value[0])]

    def fill_split(self, value):
        return self.fill(value[1]).split(value[0])

    def fill_join(self, value):
        return value[0].join(self.fill(value[1]))

    def fill_equals(self, value):
        return self.fill(value[0]) == self.fill(value[1])

    def fill_not(self, value):
        return not self.fill(value[0])

    def fill_and(self, value):
        return all(self.fill(value))

    def fill_or(self, value):
        return any(self.fill(value))

    def fill_getatt(self, name):
        return f"({name})"


def one_form(value):
    """A list of one text is the text, and lists are sorted."""
    if isinstance(value, dict):
        return {name: one_form(each) for name, each in value.items()}
    if isinstance(value, list):
        return one_form(value[0]) if len(value) == 1 else sorted(value)
    return value


def statements(policy):
    """Statements without ids, those that differ in their actions only as one: the same for policies that mean the same."""
    merged = {}
    for statement in policy["Statement"]:
        rest = {name: one_form(value) for name, value in statement.items() if name not in ("Sid", "Action")}
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        merged.setdefault(json.dumps(rest, sort_keys=True), (rest, []))[1].extend(actions)
    return sorted(({**rest, "Action": sorted(actions)} for rest, actions in merged.values()), key=lambda statement: json.dumps(statement, sort_keys=True))
