/// What became of one report.
package enum ReportOutcome: Sendable {
    case accepted
    case repeated
    case late
    case unknown
}
