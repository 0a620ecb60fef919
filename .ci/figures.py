"""Holds the figures of a trial (its JSON line on standard input) against bounds such as `duplicates<=0`."""

import json
import operator
import re
import sys

COMPARISONS = {"<=": operator.le, ">=": operator.ge}


def main() -> int:
    line = sys.stdin.readline()
    sys.stdout.write(line)
    figures = json.loads(line)["figures"]
    missed = []
    for bound in sys.argv[1:]:
        name, comparison, limit = re.fullmatch(r"(\w+)(<=|>=)(.+)", bound).groups()
        if not COMPARISONS[comparison](figures[name], float(limit)):
            missed.append(f"{bound}, but it is {figures[name]}")
    for miss in missed:
        print(f"missed: {miss}", file=sys.stderr)
    return 1 if missed else 0


sys.exit(main())
