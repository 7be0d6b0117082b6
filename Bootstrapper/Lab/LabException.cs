namespace Sextant.Lab;

/// <summary>Something the operator of the virtual rack can mend; the message says what is wrong and what to do. The command line prints it and exits 1.</summary>
/// <param name="message">What is wrong and what to do.</param>
public sealed class LabException(string message) : Exception(message);
