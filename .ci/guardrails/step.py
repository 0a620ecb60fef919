"""What the rule table says of one action, in the language of the solver (SMT-LIB).

Each fact becomes a value, whether it is known, and whether the policy leaves it unset. A condition holds only where every fact
that decides it is known: the evaluator in the code refuses everything else.
"""

ACTIONS = ["create", "set_budget", "resume", "pause", "set_end", "set_copy"]
# What belongs to the action alone: another action of the same plan has its own.
OF_ACTION = ["reserved", "budget", "end", "one_currency", "approved"]


def conj(parts):
    parts = list(parts)
    return f"(and true {' '.join(parts)})"


def disj(parts):
    parts = list(parts)
    return f"(or false {' '.join(parts)})"


def number(value):
    return f"(- {-value}.0)" if value < 0 else f"{value}.0"


def declare(name, unit, declarations, fixed=None):
    if fixed is not None:
        declarations.append(f"(define-fun {name} () Real {fixed})")
    elif unit == "count":
        declarations.append(f"(declare-const {name}.whole Int)")
        declarations.append(f"(define-fun {name} () Real (to_real {name}.whole))")
    else:
        declarations.append(f"(declare-const {name} {'Bool' if unit == 'flag' else 'Real'})")


class State:
    """The facts at one moment: for each the terms of its value and of whether it is known and unset."""

    def __init__(self, value, known, off):
        self.value, self.known, self.off = value, known, off

    @staticmethod
    def fresh(table, prefix, declarations, fixed=None):
        value, known, off = {}, {}, {}
        for row in table["facts"]:
            name = f"{prefix}{row['fact']}"
            declare(name, row["unit"], declarations, (fixed or {}).get(row["fact"]))
            declarations.append(f"(declare-const {name}.known Bool)")
            value[row["fact"]], known[row["fact"]], off[row["fact"]] = name, f"{name}.known", "false"
            if row["may_be_off"]:
                declarations.append(f"(declare-const {name}.off Bool)")
                declarations.append(f"(assert (=> {name}.off (not {name}.known)))")
                off[row["fact"]] = f"{name}.off"
        return State(value, known, off)

    def term(self, term):
        """The value of a term, and whether everything in it is known."""
        (form, parts), = term.items()
        if form == "number":
            return number(parts), "true"
        if form == "fact":
            return self.value[parts], self.known[parts]
        operator = {"sum": "+", "difference": "-", "product": "*"}[form]
        (left, left_known), (right, right_known) = (self.term(part) for part in parts)
        return f"({operator} {left} {right})", conj([left_known, right_known])

    def holds(self, condition):
        (form, parts), = condition.items()
        if form == "any":
            return disj(self.holds(part) for part in parts)
        if form == "off":
            return self.off[parts]
        if form in ("is", "is_not"):
            return conj([self.known[parts], self.value[parts] if form == "is" else f"(not {self.value[parts]})"])
        (left, left_known), (right, right_known) = (self.term(part) for part in parts)
        return conj([left_known, right_known, f"({'<=' if form == 'at_most' else '<'} {left} {right})"])


class Step:
    """One action that meets the rules in a state, and the state that it leaves behind."""

    def __init__(self, table, name, state, declarations):
        self.before = state
        self.is_action = {action: f"{name}.{action}" for action in ACTIONS}
        declarations += [f"(declare-const {term} Bool)" for term in self.is_action.values()]
        names = list(self.is_action.values())
        declarations.append(f"(assert {disj(names)})")
        declarations += [f"(assert (not (and {a} {b})))" for i, a in enumerate(names) for b in names[i + 1 :]]
        # The first row that fits names the kind.
        is_kind, earlier = {}, "false"
        for row in table["kinds"]:
            positive = f"(> {state.value['reserved']} 0.0)"
            reserves = {"anything": "true", "something": positive, "nothing": f"(not {positive})"}[row["reserves"]]
            fits = conj([self.is_action[row["action"]], reserves])
            is_kind[row["kind"]] = conj([fits, f"(not {earlier})"])
            earlier = disj([earlier, fits])

        def on(kinds):
            return disj(is_kind[kind] for kind in kinds)

        rules = (f"(=> {on(rule['on'])} {state.holds(rule['requires'])})" for rule in table["rules"])
        self.admitted = f"{name}.admitted"
        declarations.append(f"(define-fun {self.admitted} () Bool {conj([earlier, *rules])})")
        value, known = dict(state.value), dict(state.known)
        for update in table["updates"]:
            fact, to = update["fact"], update["to"]
            new, new_known = ("true", "true") if to == "yes" else state.term(to["term"])
            value[fact] = f"(ite {on(update['on'])} {new} {value[fact]})"
            known[fact] = f"(ite {on(update['on'])} {new_known} {known[fact]})"
        self.after = State(value, known, state.off)
