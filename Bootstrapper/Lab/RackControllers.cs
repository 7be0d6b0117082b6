using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Sextant.Lab;

/// <summary>The power switches of a rack's machines.</summary>
public interface IPowerSwitches
{
    /// <summary>The machine of a host name, as it is now; null when there is none.</summary>
    RackMachine? Find(string hostname);

    /// <summary>Whether it has power.</summary>
    bool IsOn(RackMachine machine);

    /// <summary>Gives it power.</summary>
    Task PowerOnAsync(RackMachine machine, CancellationToken cancellation);

    /// <summary>Takes it away.</summary>
    Task PowerOffAsync(RackMachine machine, CancellationToken cancellation);

    /// <summary>Presses the reset button.</summary>
    Task ResetAsync(RackMachine machine, CancellationToken cancellation);

    /// <summary>Presses the power button, for the operating system to shut down.</summary>
    Task PressButtonAsync(RackMachine machine, CancellationToken cancellation);

    /// <summary>Writes down that its next boot is from the network.</summary>
    Task BootFromNetworkAsync(RackMachine machine, CancellationToken cancellation);
}

/// <summary>
/// The machines' management controllers: for each a small service of Redfish (DSP0266) below its host name, <c>/node1/redfish/v1/</c>. What is there behaves as on real ones: an account for all but the service root, an
/// entity tag that a change of the next boot has to name, resets.
/// </summary>
/// <param name="switches">The power switches.</param>
/// <param name="password">The password of <see cref="RackDescription.Username"/>.</param>
public sealed class RackControllers(IPowerSwitches switches, string password)
{
    private const string SystemPath = "Systems/1", ResetPath = "Systems/1/Actions/ComputerSystem.Reset";
    private static readonly string[] ResetTypes = ["On", "ForceOff", "GracefulShutdown", "ForceRestart", "PowerCycle"];

    /// <summary>Answers one request.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Split('/', 5, StringSplitOptions.RemoveEmptyEntries);
        if (parts is not [var hostname, "redfish", "v1", ..] || switches.Find(hostname) is not { } machine)
        {
            await ErrorAsync(context, StatusCodes.Status404NotFound, "no such machine");
            return;
        }
        var resource = parts.Length > 3 ? string.Join('/', parts[3..]).TrimEnd('/') : "";
        if (resource.Length > 0 && !MayAsk(context.Request.Headers.Authorization.ToString()))
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"rack\"";
            await ErrorAsync(context, StatusCodes.Status401Unauthorized, "an account is needed");
            return;
        }
        var root = $"/{hostname}/redfish/v1";
        await ((context.Request.Method, resource) switch
        {
            ("GET", "") => WriteAsync(context, json => Link(json, "Systems", $"{root}/Systems")),
            ("GET", "Systems") => WriteAsync(context, json =>
            {
                json.WriteStartArray("Members");
                json.WriteStartObject();
                json.WriteString("@odata.id", $"{root}/{SystemPath}");
                json.WriteEndObject();
                json.WriteEndArray();
            }),
            ("GET", SystemPath) => WriteAsync(context, json => Describe(json, machine, $"{root}/{ResetPath}")),
            ("PATCH", SystemPath) => ChangeBootAsync(context, machine),
            ("POST", ResetPath) => ResetAsync(context, machine),
            _ => ErrorAsync(context, StatusCodes.Status404NotFound, "no such resource"),
        });
    }

    private bool MayAsk(string authorization)
    {
        var expected = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{RackDescription.Username}:{password}"))}";
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(authorization), Encoding.UTF8.GetBytes(expected));
    }

    private void Describe(Utf8JsonWriter json, RackMachine machine, string reset)
    {
        json.WriteString("@odata.etag", TagOf(machine));
        json.WriteString("Id", "1");
        json.WriteString("HostName", machine.Hostname);
        json.WriteString("PowerState", switches.IsOn(machine) ? "On" : "Off");
        json.WriteStartObject("Boot");
        json.WriteString("BootSourceOverrideEnabled", machine.NetworkBootOnce ? "Once" : "Disabled");
        json.WriteString("BootSourceOverrideTarget", machine.NetworkBootOnce ? "Pxe" : "None");
        Strings(json, "BootSourceOverrideTarget@Redfish.AllowableValues", ["None", "Pxe"]);
        json.WriteEndObject();
        json.WriteStartObject("Actions");
        json.WriteStartObject("#ComputerSystem.Reset");
        json.WriteString("target", reset);
        Strings(json, "ResetType@Redfish.AllowableValues", ResetTypes);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string TagOf(RackMachine machine) => machine.NetworkBootOnce ? "\"2\"" : "\"1\"";

    private async Task ChangeBootAsync(HttpContext context, RackMachine machine)
    {
        if (context.Request.Headers.IfMatch.ToString() is not { Length: > 0 } tag) await ErrorAsync(context, StatusCodes.Status428PreconditionRequired, "If-Match is needed");
        else if (tag != "*" && tag != TagOf(machine)) await ErrorAsync(context, StatusCodes.Status412PreconditionFailed, "it has changed");
        else if (await ReadAsync(context) is not { } body || Text(body, "Boot", "BootSourceOverrideTarget") is not "Pxe" || Text(body, "Boot", "BootSourceOverrideEnabled") is not "Once")
            await ErrorAsync(context, StatusCodes.Status400BadRequest, "only the next boot, and only from the network");
        else
        {
            await switches.BootFromNetworkAsync(machine, context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private async Task ResetAsync(HttpContext context, RackMachine machine)
    {
        var ended = context.RequestAborted;
        var type = await ReadAsync(context) is { } body ? Text(body, "ResetType") : null;
        var isOn = switches.IsOn(machine);
        Task? done = (type, isOn) switch
        {
            ("On", false) => switches.PowerOnAsync(machine, ended),
            ("ForceOff", true) => switches.PowerOffAsync(machine, ended),
            ("GracefulShutdown", true) => switches.PressButtonAsync(machine, ended),
            ("ForceRestart", true) => switches.ResetAsync(machine, ended),
            ("PowerCycle", true) => CycleAsync(machine, ended),
            _ => null,
        };
        if (done is null)
        {
            await ErrorAsync(context, ResetTypes.Contains(type) ? StatusCodes.Status409Conflict : StatusCodes.Status400BadRequest, $"'{type}' is nothing to do to a machine that is {(isOn ? "on" : "off")}");
            return;
        }
        await done;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task CycleAsync(RackMachine machine, CancellationToken cancellation)
    {
        await switches.PowerOffAsync(machine, cancellation);
        await switches.PowerOnAsync(switches.Find(machine.Hostname) ?? machine, cancellation);
    }

    private static async Task<JsonElement?> ReadAsync(HttpContext context)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            return body.RootElement.ValueKind is JsonValueKind.Object ? body.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement json, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (json.ValueKind is not JsonValueKind.Object || !json.TryGetProperty(name, out json)) return null;
        return json.ValueKind is JsonValueKind.String ? json.GetString() : null;
    }

    private static void Link(Utf8JsonWriter json, string name, string address)
    {
        json.WriteStartObject(name);
        json.WriteString("@odata.id", address);
        json.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static Task ErrorAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, json =>
        {
            json.WriteStartObject("error");
            json.WriteString("code", "Base.1.0.GeneralError");
            json.WriteString("message", message);
            json.WriteEndObject();
        });
    }

    private static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        context.Response.Headers["OData-Version"] = "4.0";
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }
}
