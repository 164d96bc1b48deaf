"""Shaka Packager, which encrypts samples by common encryption: the only package that knows the program."""
