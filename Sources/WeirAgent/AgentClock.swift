import CLinux
package import WeirCore

/// The agent's clocks: one that never goes back and counts time asleep, for limits; the wall clock, for hours of usage.
package enum AgentClock {
    package static func now() -> Instant {
        Instant(microseconds: linux_boot_microseconds(), hour: UInt32(clamping: linux_wall_seconds() / 3_600))
    }

    package static var monotonicMicroseconds: Int64 { linux_boot_microseconds() }

    package static var wallMicroseconds: Int64 { linux_wall_microseconds() }
}
