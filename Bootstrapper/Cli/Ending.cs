namespace Sextant.Cli;

/// <summary>How a verb ends: its exit code, and why on standard error when it did not do what it was asked for. docs/cli.md lists the codes.</summary>
internal static class Ending
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Something is wrong that the command line is not to blame for.</summary>
    public const int Failure = 1;

    /// <summary>The command line does not say what is wanted.</summary>
    public const int Misuse = 2;

    /// <summary>The service understood and refused.</summary>
    public const int Refusal = 3;

    /// <summary>The service does not answer.</summary>
    public const int NoAnswer = 4;

    /// <summary>Says what is wrong.</summary>
    /// <returns><see cref="Failure"/></returns>
    public static int Failed(params IEnumerable<string> problems) => Said(problems, Failure);

    /// <summary>Says what the command line lacks.</summary>
    /// <returns><see cref="Misuse"/></returns>
    public static int Misused(string problem) => Said([problem], Misuse);

    /// <summary>Says why the service refused.</summary>
    /// <returns><see cref="Refusal"/></returns>
    public static int Refused(string problem) => Said([problem], Refusal);

    /// <summary>Says why the service did not answer.</summary>
    /// <returns><see cref="NoAnswer"/></returns>
    public static int Unanswered(string problem) => Said([problem], NoAnswer);

    private static int Said(IEnumerable<string> problems, int code)
    {
        foreach (var problem in problems) Console.Error.WriteLine(problem);
        return code;
    }
}
