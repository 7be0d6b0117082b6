using System.CommandLine;
using System.CommandLine.Help;
using System.Text;

namespace Sextant.Cli;

/// <summary>A manual page in the macros of man(7), written from a command and everything below it.</summary>
internal static class ManPage
{
    private static readonly (int Code, string Meaning)[] ExitCodes =
    [
        (Ending.Done, "Done."),
        (Ending.Failure, "Failed, or problems were found; standard error says which."),
        (Ending.Misuse, "The command line does not say what is wanted."),
        (Ending.Refusal, "The service refused: a rule is against it, or the credentials are wrong. The code in square brackets is the API's."),
        (Ending.NoAnswer, "The service does not answer."),
    ];

    private static readonly (string Path, string Meaning)[] Files =
    [
        (ServiceConnection.DefaultSocket, "The operator's Unix socket, where serve is started with --listen-unix and this path."),
        ("/var/lib/sextant", "The state folder: records, leases, authorities, tokens, the audit log."),
        (SiteArgument.DefaultFile, "The cluster description of the folder a verb is started in."),
    ];

    private const string Program = "sextant";

    /// <summary>The page of a root command.</summary>
    public static string Of(Command root)
    {
        var page = new StringBuilder();
        page.Append($".TH {Program.ToUpperInvariant()} 1 \"\" \"Sextant {typeof(ManPage).Assembly.GetName().Version!.ToString(3)}\" \"User Commands\"\n");
        Section("NAME");
        page.Append($"{Program} \\- turns powered-off servers into a Kubernetes cluster, from one file\n");
        Section("SYNOPSIS");
        page.Append($".B {Program}\n.I VERB\n[arguments] [options]\n");
        Section("DESCRIPTION");
        page.Append(Text(root.Description ?? "")).Append('\n');
        page.Append(".PP\nEvery verb takes\n.B \\-\\-help\nand says there what it does.\n");
        Section("VERBS");
        foreach (var (command, name) in Leaves(root, "")) Describe(page, command, name);
        Section("EXIT STATUS");
        foreach (var (code, meaning) in ExitCodes) Item(page, $".B {code}", meaning);
        Section("FILES");
        foreach (var (path, meaning) in Files) Item(page, $".I {Text(path)}", meaning);
        return page.ToString();

        void Section(string title) => page.Append($".SH {title}\n");
    }

    /// <summary>Every verb that does something, with its words.</summary>
    private static IEnumerable<(Command Command, string Name)> Leaves(Command command, string above) => command.Subcommands.Where(verb => !verb.Hidden).SelectMany(verb =>
    {
        var name = above.Length == 0 ? verb.Name : $"{above} {verb.Name}";
        return verb.Subcommands.Count == 0 ? [(verb, name)] : Leaves(verb, name);
    });

    private static void Describe(StringBuilder page, Command command, string name)
    {
        page.Append($".SS \"{Text(name)}{string.Concat(command.Arguments.Select(argument => $" {Placeholder(argument)}"))}\"\n");
        page.Append(Text(command.Description ?? "")).Append('\n');
        foreach (var argument in command.Arguments) Item(page, $".I {Text(argument.Name)}", argument.Description);
        foreach (var option in command.Options.Where(option => option is not HelpOption && !option.Hidden))
        {
            var names = string.Join(", ", option.Aliases.Order(StringComparer.Ordinal).Append(option.Name));
            var takes = option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool) ? "" : $" \\fI{Text(option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant())}\\fR";
            Item(page, $"\\fB{Text(names)}\\fR{takes}", option.Description);
        }
    }

    private static string Placeholder(Argument argument) => argument.Arity.MinimumNumberOfValues == 0 ? $"[{Text(argument.Name)}]" : Text(argument.Name);

    private static void Item(StringBuilder page, string tag, string? text) => page.Append($".TP\n{tag}\n{Text(text ?? "")}\n");

    /// <summary>
    /// Text that roff takes as it stands: a backslash is an escape there, a hyphen may become a typographic one, an accent a quotation mark, and a line that begins
    /// with a dot or a quote is a command. Characters outside ASCII are written by their code points (groff_char(7)).
    /// </summary>
    private static string Text(string text)
    {
        var plain = new StringBuilder();
        foreach (var rune in text.ReplaceLineEndings(" ").EnumerateRunes())
            plain.Append(rune.Value switch
            {
                '\\' => "\\e",
                '-' => "\\-",
                '\'' => "\\(aq",
                '`' => "\\(ga",
                '^' => "\\(ha",
                '~' => "\\(ti",
                '"' => "\\(dq",
                > 126 => $"\\[u{rune.Value:X4}]",
                _ => rune.ToString(),
            });
        return plain.Length > 0 && plain[0] == '.' ? "\\&" + plain : plain.ToString();
    }
}
