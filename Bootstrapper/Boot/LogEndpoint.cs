using Sextant.Storage;

namespace Sextant.Boot;

/// <summary><c>POST /boot/{mac}/log</c>: lines of an installer become lines of the machine's log. For installers that have HTTP and no syslog.</summary>
public sealed class LogEndpoint(MachineLogs logs)
{
    private const string Source = "installer: ";

    /// <summary>Answers one request.</summary>
    public Task<Reply> ServeAsync(MachineRequest request)
    {
        logs.Append(request.Mac, request.Now, request.Body.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0).Select(line => Source + line));
        return Task.FromResult(Reply.Line("kept"));
    }
}
