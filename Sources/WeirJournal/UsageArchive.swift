package import WeirCore

/// Everything that an agent's directories hold, read without changing it: for `weir usage` where there is no collector,
/// and for the tests.
package enum UsageArchive {
    /// The cells of every incarnation: final and live segments and hot tables, merged by max. An agent may be running
    /// meanwhile.
    package static func read(state: String, runtime: String) throws(SystemError) -> [Hash128: [Cell]] {
        let directory = try Directory(state)
        var recovery = Recovery(except: Hash128(low: 0, high: 0))
        let hot = try? Directory(runtime)
        if let hot {
            try recovery.read(directory, hot) { _ in }
        } else {
            try recovery.read(directory, directory) { _ in }
        }
        try recovery.readFinal(directory)
        return recovery.incarnations.mapValues(\.cells)
    }
}
