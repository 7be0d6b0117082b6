using Sextant.Lifecycle;

namespace Sextant.Status;

/// <summary>What one machine was given: files with their rates, documents with their sizes, certificates with their expiry. Never what is in a document.</summary>
/// <param name="Transfers">Files sent to it over HTTP since the service started, oldest first.</param>
/// <param name="Documents">The boot files, scripts and configurations it was served last, and the names of secrets it was given, oldest first.</param>
/// <param name="Certificates">The certificates of its present system.</param>
public sealed record NodeStory(IReadOnlyList<TransferRecord> Transfers, IReadOnlyList<DocumentView> Documents, IReadOnlyList<CertificateView> Certificates)
{
    /// <summary>The story of a record.</summary>
    /// <param name="machine">The record; null when the machine was never seen.</param>
    /// <param name="transfers">What was sent to it.</param>
    public static NodeStory Of(Machine? machine, IReadOnlyList<TransferRecord> transfers) =>
        machine is null ? new([], [], []) : new(transfers, [.. machine.Timeline.Select(DocumentView.Of).OfType<DocumentView>().TakeLast(DocumentLimit)], CertificateView.Of(machine));

    private const int DocumentLimit = 24;
}

/// <summary>A document that a machine was served.</summary>
/// <param name="At">When.</param>
/// <param name="Name">Its name, <c>user-data</c>.</param>
/// <param name="Via"><c>TFTP</c>, <c>HTTP</c> or <c>HTTPS</c>.</param>
/// <param name="Size">Its size in octets; null where it was not recorded.</param>
public sealed record DocumentView(DateTimeOffset At, string Name, string Via, long? Size)
{
    /// <summary>The document of an event; null when it is about none.</summary>
    public static DocumentView? Of(MachineEvent happened) => happened switch
    {
        BootFileSent sent => new(sent.At, sent.File, sent.Via, sent.Bytes),
        ScriptServed script => new(script.At, $"boot script: {Words.Of(script.Action)}", "HTTP", script.Size),
        ConfigServed config => new(config.At, $"configuration: {config.Document}", "HTTP", config.Size),
        SecretReleased released => new(released.At, $"secret: {released.Name}", "HTTPS", null),
        _ => null,
    };
}
