namespace Sextant.Storage;

/// <summary>The store cannot be opened, or stopped taking commits. The message names the folder or file and says what to do.</summary>
public sealed class JournalException : IOException
{
    /// <summary>A failure in words.</summary>
    public JournalException(string message) : base(message) { }

    /// <summary>A failure in words, with its cause.</summary>
    public JournalException(string message, Exception cause) : base(message, cause) { }
}
