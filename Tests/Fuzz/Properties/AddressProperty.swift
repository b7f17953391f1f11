#if canImport(WeirAddress)
import WeirAddress
#else
import WeirRedis
#endif

/// An address of a store is refused at a place in the text, or read, and then its description says the same without its secrets.
enum AddressProperty {
    static func check(_ input: [UInt8]) {
        let text = String(decoding: input, as: UTF8.self)
        do throws(RedisURLError) {
            let url = try RedisURL(text)
            let shown = url.description
            var again = url
            (again.user, again.password) = (nil, nil)
            do throws(RedisURLError) {
                let read = try RedisURL(shown)
                precondition(read == again, "its description says something else: \(shown)")
            } catch {
                preconditionFailure("its description is none: \(shown): \(error)")
            }
        } catch {
            precondition((0...text.utf8.count).contains(error.offset), "an error beyond the text")
        }
    }
}
