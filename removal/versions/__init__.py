"""Versions of a result: rendered anew from the kept original and a mask, without a model."""
