/// The most that is added to a `Retry-After`.
package enum RetryJitterSetting: Equatable, Sendable {
    case off
    case duration(Duration)
    /// Of the wait, 1 to 100.
    case percent(Int)
}

extension SettingKind where Value == RetryJitterSetting {
    /// `500ms`, `5s`, `20%` or `off`.
    package static var retryJitter: SettingKind {
        let duration = SettingKind<Duration>.duration(.milliseconds(1)...(.seconds(3_600)))
        return SettingKind("off, \(duration.expectation), or a percentage of the wait from 1% to 100%") { text in
            if text == "off" { return .off }
            guard text.hasSuffix("%") else { return duration.parse(text).map { .duration($0) } }
            let digits = text.dropLast()
            guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let percent = Int(digits) else { return nil }
            return (1...100).contains(percent) ? .percent(percent) : nil
        }
    }
}
