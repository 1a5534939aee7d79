"""Whom the figures are about: each plans and applies so many resources of its own."""

import dataclasses
import typing

import configurations


@dataclasses.dataclass
class Contender:
    name: str
    # The provider by its name, where it is a program of its own; Terraform has the other one built in.
    providers: dict
    configuration: typing.Callable
    # Why it cannot be measured here.
    missing: str = ""
    changes_in_place: bool = True


def contenders(ours, random, missing):
    return [
        Contender("azureml", {"azureml": ours}, configurations.ours),
        Contender("terraform_data", {}, configurations.built_in),
        Contender("random", {"random": random}, configurations.of_random, missing or "", changes_in_place=False),
    ]


def columns(all_of_them):
    return [it.name for it in all_of_them]
