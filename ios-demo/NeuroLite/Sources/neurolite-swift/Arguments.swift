import NeuroLiteCore

/// What was asked of the tool.
struct Arguments {
    static let usage = """
        usage: neurolite-swift MODEL [options] [TEXT ...]

        Answers texts, or the lines of standard input, one JSON object a text, as neurolite-run does.
        MODEL: a .nlm file; on macOS also a .mlpackage or, from macOS 27 on, a .aimodel.

          --top K        the K best labels
          --explain      which of the file's rules fired, what they do and why
          --follow       each text is the next turn of one conversation
          --state FILE   go on with the conversation of this file, and keep it there with --follow
          --store FILE   answer by what was learned into this store (.nls)
          --add LABEL    with --store: teach the texts as examples of this label
          --app-texts    lines are those of texts.jsonl of `python -m neurolite_bench.apps texts`
          --turns N      with --app-texts: N texts are one conversation, each remembered; then another begins
          --bench        time the model, and write the report of neurolite-bench
        """

    var model = ""
    var texts: [String] = []
    var top = 1
    var explain = false
    var follow = false
    var state: String?
    var store: String?
    var add: String?
    var appTexts = false
    var turns: Int?
    var bench = false

    init(_ words: [String]) throws {
        var rest = words[...]
        var isBehindDashes = false
        while let word = rest.popFirst() {
            if isBehindDashes || !word.hasPrefix("--") {
                if model.isEmpty { model = word } else { texts.append(word) }
                continue
            }
            func value() throws -> String {
                guard let found = rest.popFirst() else { throw Arguments.wrong("\(word) needs a value") }
                return found
            }
            switch word {
            case "--": isBehindDashes = true
            case "--explain": explain = true
            case "--follow": follow = true
            case "--app-texts": appTexts = true
            case "--bench": bench = true
            case "--state": state = try value()
            case "--store": store = try value()
            case "--add": add = try value()
            case "--top": top = try Arguments.count(word, try value())
            case "--turns": turns = try Arguments.count(word, try value())
            default: throw Arguments.wrong("\(word) is no option")
            }
        }
        if model.isEmpty { throw Arguments.wrong("name a model") }
        if add != nil && store == nil { throw Arguments.wrong("--add goes with --store") }
        if turns != nil && !appTexts { throw Arguments.wrong("--turns goes with --app-texts") }
        if state != nil && !follow { throw Arguments.wrong("--state goes with --follow") }
    }

    private static func count(_ option: String, _ text: String) throws -> Int {
        guard let found = Int(text), found > 0 else { throw wrong("\(option) is '\(text)'; give a number from 1") }
        return found
    }

    private static func wrong(_ what: String) -> NeuroLiteError {
        NeuroLiteError(.input, "\(what).\n\n\(usage)")
    }
}
