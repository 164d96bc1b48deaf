"""Shaka Packager as it is started here."""
