import WeirCore

/// What an allowed check hands out for its report; means nothing to anybody but the agent that gave it.
public struct WeirTicket: Hashable, Sendable {
    let ticket: Ticket
}
