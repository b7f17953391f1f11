/// Which hours of usage nothing is expected of any more.
package enum ExportHours {
    /// For how long reports of an hour's calls are waited for: WEIR_REPORT_DEADLINE, as agents have it by default. In seconds.
    package static let grace: Int64 = 600

    /// The first hour that is not closed, in hours since 1970: all before it are over, and were so for the grace. What comes later is
    /// another revision.
    package static func firstOpen(at now: Int64) -> Int64 { (now - grace) / 3_600 }
}
