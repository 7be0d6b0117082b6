using System.CommandLine;

namespace Sextant.Cli;

/// <summary><c>sextant completion bash|zsh|fish</c>: the script by which a shell completes the command line. The shell asks the program itself, so the script knows no verb.</summary>
public static class CompletionCommand
{
    // Each shell hands over the line up to the cursor and the cursor's place in it; [suggest:PLACE] is System.CommandLine's own directive.
    private const string Bash = """
        # bash completion for sextant
        _sextant() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(sextant "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "$2"))
            [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$2"))
        }
        complete -o filenames -F _sextant sextant
        """;

    private const string Zsh = """
        #compdef sextant
        _sextant() {
            local -a words_offered
            words_offered=("${(@f)$(sextant "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            [[ -n "${words_offered[1]}" ]] && compadd -- "${words_offered[@]}" || _files
        }
        compdef _sextant sextant
        """;

    private const string Fish = """
        # fish completion for sextant
        function __sextant_suggest
            set -l line (commandline -cp)
            sextant "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c sextant -a '(__sextant_suggest)'
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print the script by which a shell completes sextant's command line.") { shell };
        command.SetAction(arguments => Console.Out.WriteLine(ScriptOf(arguments.GetRequiredValue(shell))));
        return command;
    }

    private static string ScriptOf(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        _ => throw new ArgumentOutOfRangeException(nameof(shell)),
    };
}
