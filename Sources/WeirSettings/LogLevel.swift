/// How much a program logs.
package enum LogLevel: String, CaseIterable, Sendable {
    case debug, info, warning, error
}
