"""Tests of where planning is computed."""
