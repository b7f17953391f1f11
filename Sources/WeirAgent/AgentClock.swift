import CLinux
package import WeirCore

/// The agent's clocks: one that never goes back and counts time asleep, for buckets; the wall clock, for windows of the
/// calendar and hours of usage.
package enum AgentClock {
    package static func now() -> Instant {
        Instant(microseconds: linux_boot_microseconds(), wallMicroseconds: linux_wall_microseconds())
    }

    package static var monotonicMicroseconds: Int64 { linux_boot_microseconds() }

    package static var wallMicroseconds: Int64 { linux_wall_microseconds() }
}
