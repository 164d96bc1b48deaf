"""Pure planning: from a request and media facts to a graph of steps. No I/O, no clock, no chance but the request's seed."""
