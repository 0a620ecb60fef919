"""Proves what the guardrails keep from the table of rules that the code follows (its JSON on standard input).

Each property of `guardrails/properties.py` is negated and given to cvc5: `unsat` means that no action in no state breaks it. Then the
table is changed in the ways of `guardrails/mistakes.py`; each mistake must be found, with a counterexample to some property, and each
property must find one, so that none holds for want of anything to hold about.
"""

import json
import pathlib
import sys
import time

import cvc5

sys.path.insert(0, str(pathlib.Path(__file__).parent / "guardrails"))
from mistakes import MISTAKES, left_out
from properties import World, properties

# A counterexample is looked for with these values, so that nothing but plain sums is left to search through.
EXAMPLE = {"delivery_factor": "1.5", "raise_percent_limit": "25.0"}
MILLISECONDS_EACH = 10_000


class Prover:
    """A solver that knows a table, asked for one property after another."""

    def __init__(self, table, fixed=None):
        world = World(table, fixed or {})
        self.properties = properties(world)
        self.admissible = {action: f"(and {world.admitted} {term})" for action, term in world.is_action.items()}
        self.solver = cvc5.Solver(cvc5.TermManager())
        for option, value in {"incremental": "true", "tlimit-per": str(MILLISECONDS_EACH)}.items():
            self.solver.setOption(option, value)
        self.parser = cvc5.InputParser(self.solver)
        if said := self.run("(set-logic QF_NIRA)\n" + "\n".join(world.lines)):
            raise SystemExit(f"the table cannot be read: {said}")

    def run(self, script):
        self.parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "guardrails")
        symbols = self.parser.getSymbolManager()
        said = []
        while not (command := self.parser.nextCommand()).isNull():
            said.append(command.invoke(self.solver, symbols))
        return "".join(said).strip()

    def possible(self, claim):
        """`sat` where the claim can be true, `unsat` where it cannot, anything else where the solver does not know."""
        return self.run(f"(push 1)(assert {claim})(check-sat)(pop 1)")

    def counterexample(self, name):
        return self.possible(f"(not {self.properties[name]})")


def prove(table):
    prover, failed = Prover(table), 0
    # From premises that contradict each other everything would follow.
    for action, admitted in prover.admissible.items():
        if prover.possible(admitted) != "sat":
            raise SystemExit(f"no `{action}` is ever admitted, so nothing is proved of it")
    for name in prover.properties:
        begun = time.monotonic()
        answer = prover.counterexample(name)
        failed += answer != "unsat"
        print(f"{'proved' if answer == 'unsat' else f'NOT PROVED ({answer})':8} {name}  {time.monotonic() - begun:.2f} s")
    print(f"{len(prover.properties) - failed} of {len(prover.properties)} properties proved")
    return failed


def broken_by(table, name, change):
    """The properties that a mistake breaks."""
    mistaken = json.loads(json.dumps(table))
    change(mistaken)
    if mistaken == table:
        raise SystemExit(f"the mistake `{name}` changes nothing")
    prover = Prover(mistaken, EXAMPLE)
    return [found for found in prover.properties if prover.counterexample(found) == "sat"]


def find(table):
    """How many mistakes no property notices, and how many properties notice no mistake."""
    noticing = set()
    missed = 0
    for name, change in MISTAKES.items():
        broken = broken_by(table, name, change)
        noticing.update(broken)
        missed += not broken
        print(f"{'found' if broken else 'MISSED':8} {name}: {', '.join(broken[:2]) or 'no property says so'}")
    print(f"{len(MISTAKES) - missed} of {len(MISTAKES)} mistakes found")
    lost = {name: broken_by(table, name, change) for name, change in left_out(table)}
    unnoticed = [name for name, broken in lost.items() if not broken]
    noticing.update(*lost.values())
    for name in unnoticed:
        print(f"MISSED   {name}")
    print(f"{len(lost) - len(unnoticed)} of {len(lost)} omissions found")
    idle = Prover(table).properties.keys() - noticing
    for name in sorted(idle):
        print(f"IDLE     {name}: no mistake breaks it")
    return missed + len(unnoticed) + len(idle)


def main():
    table = json.load(sys.stdin)
    not_proved = prove(table)
    missed = find(table)
    return 1 if not_proved or missed else 0


sys.exit(main())
