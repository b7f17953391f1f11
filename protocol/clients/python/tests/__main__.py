"""Runs the tests, and names those that were skipped and why."""

import sys
import unittest


def main() -> int:
    loader = unittest.TestLoader()
    if len(sys.argv) > 1 and sys.argv[1]:
        loader.testNamePatterns = [f"*{sys.argv[1]}*"]
    suite = loader.discover("tests", top_level_dir=".")
    result = unittest.TextTestRunner(verbosity=1, buffer=True).run(suite)
    for test, why in result.skipped:
        print(f"skipped {test}: {why}")
    return 0 if result.wasSuccessful() else 1


sys.exit(main())
