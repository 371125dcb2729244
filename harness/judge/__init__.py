"""What may be said: guards, statistics, answers, verdicts. Pure functions of facts."""
