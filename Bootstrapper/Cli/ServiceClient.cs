using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary>What came of asking the service.</summary>
internal abstract record ServiceReply
{
    private ServiceReply() { }

    /// <summary>It answered.</summary>
    public sealed record Answered(byte[] Body) : ServiceReply
    {
        /// <summary>The answer as text.</summary>
        public string Text => Encoding.UTF8.GetString(Body);

        /// <summary>The answer as a value.</summary>
        public T As<T>(JsonTypeInfo<T> type) => JsonSerializer.Deserialize(Body, type) ?? throw new JsonException("the service answered null");
    }

    /// <summary>It refused.</summary>
    public sealed record Refused(ApiProblem Problem) : ServiceReply;

    /// <summary>It did not answer, or not in this language.</summary>
    public sealed record Unanswered(string Problem) : ServiceReply;

    /// <summary>Says on standard error why there is no answer.</summary>
    /// <returns>The verb's exit code.</returns>
    public int Say() => this switch
    {
        Refused { Problem: var problem } => Ending.Refused($"{(problem.Mac is { } mac ? $"{mac}: " : "")}{problem.Detail}{(problem.Forcible is true ? " (--force)" : "")} [{problem.Code}]"),
        Unanswered { Problem: var problem } => Ending.Unanswered(problem),
        _ => throw new InvalidOperationException($"nothing to say of {this}"),
    };
}

/// <summary>Asks the running service.</summary>
/// <param name="http">The connection; <see cref="HttpClient.BaseAddress"/> is the service's.</param>
internal sealed class ServiceClient(HttpClient http) : IDisposable
{
    /// <summary>The connection.</summary>
    public HttpClient Http => http;

    /// <summary>Asks for something.</summary>
    /// <param name="path">Below <c>/api/v1/</c>.</param>
    /// <param name="cancelled">Ends the wait.</param>
    public Task<ServiceReply> GetAsync(string path, CancellationToken cancelled) => SendAsync(new HttpRequestMessage(HttpMethod.Get, Address(path)), cancelled);

    /// <summary>Has something done.</summary>
    /// <param name="path">Below <c>/api/v1/</c>.</param>
    /// <param name="body">What is sent.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <param name="cancelled">Ends the wait.</param>
    public Task<ServiceReply> PostAsync(string path, byte[] body, string mediaType, CancellationToken cancelled) => SendAsync(
        new HttpRequestMessage(HttpMethod.Post, Address(path)) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } } }, cancelled);

    /// <summary>The address of something.</summary>
    public static Uri Address(string path) => new($"api/v1/{path}", UriKind.Relative);

    /// <summary>Why the service did not answer, for people.</summary>
    public string Explain(Exception failure) => $"The service does not answer at {http.BaseAddress}: {(failure.InnerException?.Message ?? failure.Message).TrimEnd('.')}. Is 'sextant serve' running?";

    /// <summary>Whether a failure means that the service did not answer.</summary>
    public static bool IsNoAnswer(Exception failure, CancellationToken cancelled) => failure is HttpRequestException or IOException or TaskCanceledException && !cancelled.IsCancellationRequested;

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<ServiceReply> SendAsync(HttpRequestMessage request, CancellationToken cancelled)
    {
        using (request)
        {
            try
            {
                using var answer = await http.SendAsync(request, cancelled);
                var body = await answer.Content.ReadAsByteArrayAsync(cancelled);
                return answer.IsSuccessStatusCode ? new ServiceReply.Answered(body) : Refusal(answer, body);
            }
            catch (Exception failure) when (IsNoAnswer(failure, cancelled))
            {
                return new ServiceReply.Unanswered(Explain(failure));
            }
        }
    }

    private static ServiceReply Refusal(HttpResponseMessage answer, byte[] body)
    {
        try
        {
            if (answer.Content.Headers.ContentType?.MediaType == ApiProblem.MediaType && JsonSerializer.Deserialize(body, StatusJson.Default.ApiProblem) is { } problem)
                return new ServiceReply.Refused(problem);
        }
        catch (JsonException)
        {
            // It is no service of ours then.
        }
        return new ServiceReply.Unanswered($"{answer.RequestMessage?.RequestUri} answered {(int)answer.StatusCode} and not as Sextant does.");
    }
}
