namespace AkkaKv.Protocol;

/// <summary>A request was not done, or it is not known whether it was; <see cref="Failure"/> says which, and the next step.</summary>
public sealed class AkkaKvException : Exception
{
    /// <summary>With the failure that was answered.</summary>
    public AkkaKvException(RequestFailure failure)
        : base($"{failure.Error}: {failure.Message}") => Failure = failure;

    /// <summary>What was answered.</summary>
    public RequestFailure Failure { get; }
}
