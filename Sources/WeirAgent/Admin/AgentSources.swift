import WeirCore
import WeirSettings

/// Everything that status and metrics look at.
struct AgentSources: Sendable {
    let settings: AgentSettings
    let incarnation: Hash128
    let gate: LimiterGate
    let policy: PolicyStatus
    let doors: DoorMetrics
    let journal: JournalStatus
    let flush: FlushStatus
    /// What the collector sells; nil where keys are not decided on.
    let contracts: ContractStatus?
    let installer: PolicyInstaller
    /// How the exchange of credit windows goes; nil where keys are not decided on.
    let windows: WindowStatus?
    /// The store that is shared, if there is one.
    let store: SharedStore?
    /// Microseconds of the monotonic clock at the agent's start.
    let startedAt: Int64
    /// Whether the hot table lies in memory.
    let isHotInMemory: Bool
}
