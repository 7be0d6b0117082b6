using System.CommandLine.Parsing;
using System.Globalization;

namespace Sextant.Cli;

/// <summary>A length of time on the command line: <c>0s</c>, <c>90m</c>, <c>24h</c>, <c>7d</c>.</summary>
internal static class TimeArgument
{
    /// <summary>Reads it; null, with an error on the argument, when it is none.</summary>
    public static TimeSpan? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (text.Length > 1 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            switch (text[^1])
            {
                case 's': return TimeSpan.FromSeconds(number);
                case 'm': return TimeSpan.FromMinutes(number);
                case 'h': return TimeSpan.FromHours(number);
                case 'd' when number < 36500: return TimeSpan.FromDays(number);
            }
        argument.AddError($"'{text}' is no time such as 0s, 90m, 24h or 7d");
        return null;
    }
}
