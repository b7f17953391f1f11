import Foundation

/// Waits until something holds that another process brings about; false when it does not within so many seconds.
package func eventually(within seconds: Double = 20, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while true {
        if try condition() { return true }
        if Date() > end { return false }
        usleep(5_000)
    }
}
