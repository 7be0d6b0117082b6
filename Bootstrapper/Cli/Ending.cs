namespace Sextant.Cli;

/// <summary>How a verb ends that does not do what it was asked for: it says why on standard error and returns its exit code.</summary>
internal static class Ending
{
    /// <summary>Something is wrong that the command line is not to blame for.</summary>
    /// <returns>1</returns>
    public static int Failed(params IEnumerable<string> problems) => Said(problems, 1);

    /// <summary>The command line does not say what is wanted.</summary>
    /// <returns>2</returns>
    public static int Misused(string problem) => Said([problem], 2);

    private static int Said(IEnumerable<string> problems, int code)
    {
        foreach (var problem in problems) Console.Error.WriteLine(problem);
        return code;
    }
}
