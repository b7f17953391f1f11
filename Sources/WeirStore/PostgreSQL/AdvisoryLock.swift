/// Locks of one database that programs agree on by number; of Weir's own, from "weir" in ASCII.
enum AdvisoryLock: Int64, Sendable {
    /// Changes of the schema.
    case schema = 0x7765_6972_0000_0001
    /// Transactions that were in each other's way, one at a time.
    case turn = 0x7765_6972_0000_0002
    /// New partitions.
    case partitions = 0x7765_6972_0000_0003
}
