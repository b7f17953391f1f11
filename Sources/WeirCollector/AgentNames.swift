import FoundationEssentials
import HTTPTypes
import WeirStore

/// Holds agents' own tokens against the names that usage comes under.
struct AgentNames: Sendable {
    let database: any SQLDatabase
    let now: @Sendable () -> Date

    /// Refuses usage under another name than that of the agent whose token came with it.
    ///
    /// - Parameter delivery: nil where the usage names no agent.
    func check(_ principal: Principal, sends delivery: UsageStore.Delivery?) async throws {
        guard principal != .anyAgent else { return }
        let seconds = Int64(now().timeIntervalSince1970)
        let agent = try await database.read { connection throws(StoreError) in
            try Catalogue(connection, now: seconds, identifier: Identifier { 0 }).agent(token: principal.id)
        }
        if let agent, agent.name != delivery?.agent.lowercased() {
            throw Problem(
                .forbidden, [Fault(field: "Weir-Agent", detail: "expected \(agent.name), whose token this is")])
        }
    }
}
