using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Sextant.Rendering;

/// <summary>How both YAML documents are written and read back.</summary>
internal static class YamlText
{
    private const string Header = "#cloud-config\n";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Costly to make, in time and memory, so there is one of each; their documentation promises nothing about use by several threads, so they take turns.
    private static readonly Lock Turn = new();

    private static readonly ISerializer Serializer =
        new SerializerBuilder().WithQuotingNecessaryStrings(quoteYaml1_1Strings: true).WithIndentedSequences().WithMaximumRecursion(10).Build();

    private static readonly IDeserializer Deserializer = new DeserializerBuilder().WithDuplicateKeyChecking().Build();

    /// <summary>The document as text, unless it would not read back as it was meant.</summary>
    /// <param name="intended">The document.</param>
    /// <param name="name">What it is and whose, for the problem.</param>
    /// <param name="difference">What a document says differently from what was meant; null when it says the same.</param>
    public static RenderedDocument Render<T>(T intended, string name, Func<T, T, string?> difference)
        where T : class
    {
        lock (Turn)
        {
            var text = Header + Serializer.Serialize(intended).ReplaceLineEndings("\n");
            return Difference(intended, text, difference) is { } problem
                ? new RenderedDocument.Broken($"{name} does not read back as it was meant: {problem}")
                : new RenderedDocument.Text(text);
        }
    }

    /// <summary>The text itself.</summary>
    /// <exception cref="EncoderFallbackException">It has half a surrogate pair, which UTF-8 cannot encode.</exception>
    public static string Unicode(string text)
    {
        _ = StrictUtf8.GetByteCount(text);
        return text;
    }

    /// <summary>Base64 of the text in UTF-8.</summary>
    /// <exception cref="EncoderFallbackException">It has half a surrogate pair, which UTF-8 cannot encode.</exception>
    public static string Base64(string text) => Convert.ToBase64String(StrictUtf8.GetBytes(text));

    /// <summary>
    /// Whether a literal block carries the text unchanged to every YAML 1.1 and 1.2 reader. Other line ends than LF are folded into it, control
    /// characters are forbidden, blank lines alone are chomped, and indentation at the very beginning needs a hint that not all readers agree on.
    /// </summary>
    public static bool IsPlain(string content) =>
        content.Length > 0 && content[0] is not (' ' or '\t' or '\n')
        && content.All(character => character is '\n' or '\t' or (>= ' ' and <= '~') or (>= '\u00a0' and < '\ud800' and not ('\u2028' or '\u2029')));

    private static string? Difference<T>(T intended, string text, Func<T, T, string?> difference)
        where T : class
    {
        try
        {
            return Deserializer.Deserialize<T?>(text) is { } read ? difference(intended, read) : "it is empty";
        }
        catch (YamlException invalid)
        {
            return invalid.Message;
        }
    }
}
