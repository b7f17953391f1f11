import WeirSettings

extension ResponseStyle {
    /// As `WEIR_HEADERS` and `WEIR_RETRY_JITTER` say.
    init(_ settings: AgentSettings) {
        let form: HeaderForm =
            switch settings.headers {
            case .ietf: .ietf
            case .draft7: .draft7
            case .draft6: .draft6
            case .legacy: .legacy
            case .legacyEpoch: .legacyEpoch
            case .both: .both
            case .none: .none
            }
        let bound: RetryJitter.Bound =
            switch settings.retryJitter {
            case .off: .none
            case .duration(let duration): .microseconds(UInt64(clamping: duration.microseconds))
            case .percent(let percent): .percent(UInt64(percent))
            }
        self.init(headers: form, jitter: bound)
    }
}
