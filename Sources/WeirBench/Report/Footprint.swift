/// What an agent takes before anybody asks it.
package struct Footprint: Sendable {
    /// From the start of the program to its first decision.
    package var startMilliseconds: Samples
    /// Memory of its own and memory shared with files in memory, without its tables.
    package var bytesWithoutTables: Double
    /// Memory of all tables for each of `WEIR_MAX_KEYS`.
    package var bytesPerKey: Double
    /// All that is resident, code and tables included.
    package var residentBytes: Double

    package init(startMilliseconds: Samples, bytesWithoutTables: Double, bytesPerKey: Double, residentBytes: Double) {
        self.startMilliseconds = startMilliseconds
        self.bytesWithoutTables = bytesWithoutTables
        self.bytesPerKey = bytesPerKey
        self.residentBytes = residentBytes
    }
}
