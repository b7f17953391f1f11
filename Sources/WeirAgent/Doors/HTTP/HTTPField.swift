package import WeirCore

/// One header field of a request, as ranges of its head.
package struct HTTPField: BitwiseCopyable, Sendable {
    package var name: ByteRange
    package var value: ByteRange
}
