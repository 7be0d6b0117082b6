using Sextant.Assets;
using Sextant.Files;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Registry;
using Sextant.Storage;

namespace Sextant.Cli;

/// <summary>What the operator said on the command line of <c>serve</c>.</summary>
/// <param name="File">The cluster description.</param>
/// <param name="State">The state folder.</param>
/// <param name="Assets">The asset folder.</param>
/// <param name="Templates">The templates folder.</param>
/// <param name="UnixSocket">Path of the operator's socket; null for none.</param>
/// <param name="HttpOnly">No DHCP and no TFTP.</param>
/// <param name="LogLevel">The least important thing that is logged.</param>
/// <param name="MaxTransfers">Long transfers over HTTP at once.</param>
/// <param name="LogJson">JSON lines instead of text.</param>
/// <param name="LogToJournal">Whether the log goes to the journal, which takes priorities and stamps lines itself.</param>
public sealed record ServeSettings(string File, string State, string Assets, string Templates, string? UnixSocket, bool HttpOnly, int MaxTransfers, LogLevel LogLevel, bool LogJson,
    bool LogToJournal = false);

/// <summary>What the appliance stands on: opened before any socket, in this order, because a machine that is answered must be remembered.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Store">The durable store.</param>
/// <param name="Authorities">The site's certificate authorities.</param>
/// <param name="Reader">Reads file and templates again.</param>
/// <param name="Plan">The plan in force.</param>
/// <param name="Assets">What may be served.</param>
/// <param name="Files">Opens files by their digests.</param>
/// <param name="Registry">The container registry; null when the site has another one.</param>
public sealed record ApplianceFoundation(
    TimeProvider Time, IStore Store, SiteAuthorities Authorities, PlanReader Reader, CurrentPlan Plan, CurrentAssets Assets, VerifiedFiles Files,
    RegistryService? Registry);
