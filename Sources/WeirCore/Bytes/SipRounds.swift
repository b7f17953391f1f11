/// How many rounds a SipHash runs per word and at the end.
package protocol SipRounds {
    static var compression: Int { get }
    static var finalization: Int { get }
}

/// SipHash-1-3.
package enum Sip13: SipRounds {
    @inline(__always) package static var compression: Int { 1 }
    @inline(__always) package static var finalization: Int { 3 }
}

/// SipHash-2-4, the authors' conservative choice.
package enum Sip24: SipRounds {
    @inline(__always) package static var compression: Int { 2 }
    @inline(__always) package static var finalization: Int { 4 }
}
