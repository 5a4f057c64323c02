"""Profiles (placeholder until the CSV reader lands)."""


class Profile: ...
