"""What pushes: streams of answers that are told again when they change.

A process looks once a second at the versions of the domains that it has streams of. What equal
questions of viewers who see the same are told is a topic, which is computed once per change.
"""
