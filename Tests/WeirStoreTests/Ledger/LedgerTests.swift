import Testing

/// What is owned, owed and lent. One test at a time: many of them keep a processor busy, and others beside them are timed.
@Suite(.serialized) struct LedgerTests {}
