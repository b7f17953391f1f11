/// What an agent or a client can do, as bits of HELLO.
package enum Features {
    /// CHECK may peek.
    package static let peek: UInt32 = 1 << 0
    /// REPORT is understood.
    package static let reports: UInt32 = 1 << 1
    /// Rules may count concurrency; RELEASE frees slots.
    package static let concurrency: UInt32 = 1 << 2
    /// CHECK may reserve an estimate, which REPORT settles.
    package static let reserve: UInt32 = 1 << 3
}
