"""The real servers and service processes that `rapport up` and the tests start on one machine.

Nothing here knows what the services do; the order they start in is decided by the caller.
"""
