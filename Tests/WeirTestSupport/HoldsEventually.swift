import Foundation

/// Waits until something holds that another thread or process brings about, without holding a thread; false when it does not
/// within so many seconds.
package func holdsEventually(
    within seconds: Double = 20, isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while true {
        if try await condition() { return true }
        if Date() > end { return false }
        try? await Task.sleep(for: .milliseconds(5))
    }
}
