using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Sextant.Cli;

/// <summary>
/// The log as JSON, one object a line: <c>time</c>, <c>level</c>, <c>event_id</c>, <c>category</c>, <c>message</c>, and each field of the message by its name
/// in snake_case, <c>mac</c> for one. On a line of its own even an exception: its lines are escaped.
/// </summary>
/// <param name="toJournal">Whether each line begins with its priority, as the journal reads it (sd-daemon(3)).</param>
/// <param name="time">Stamps the lines.</param>
internal sealed class JsonLineFormatter(bool toJournal, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>Its name among the formatters.</summary>
    public const string FormatterName = "sextant-json";

    private const string WholeMessage = "{OriginalFormat}";

    /// <summary>Nobody puts these into a page; people read them.</summary>
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly HashSet<string> OwnFields = ["time", "level", "event_id", "category", "message", "exception"];

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level", LevelOf(logEntry.LogLevel).Word);
            json.WriteNumber("event_id", logEntry.EventId.Id);
            json.WriteString("category", logEntry.Category);
            json.WriteString("message", logEntry.Formatter(logEntry.State, null));
            if (logEntry.State is IReadOnlyList<KeyValuePair<string, object?>> fields)
                foreach (var (name, value) in fields)
                    if (name != WholeMessage) WriteField(json, NameOf(name), value);
            if (logEntry.Exception is { } failure) json.WriteString("exception", failure.ToString());
            json.WriteEndObject();
        }
        if (toJournal) textWriter.Write($"<{LevelOf(logEntry.LogLevel).Priority}>");
        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void WriteField(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case bool truth:
                json.WriteBoolean(name, truth);
                break;
            case int or long or uint or ushort or byte:
                json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case DateTimeOffset at:
                json.WriteString(name, at);
                break;
            default:
                json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string NameOf(string field)
    {
        var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(field);
        return OwnFields.Contains(name) ? name + "_" : name;
    }

    /// <summary>The word, and the priority of syslog(3).</summary>
    private static (string Word, int Priority) LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace => ("trace", 7),
        LogLevel.Debug => ("debug", 7),
        LogLevel.Information => ("info", 6),
        LogLevel.Warning => ("warning", 4),
        LogLevel.Error => ("error", 3),
        LogLevel.Critical => ("critical", 2),
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };
}
