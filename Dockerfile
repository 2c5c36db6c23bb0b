FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY global.json BannedSymbols.txt .editorconfig Directory.Build.props Directory.Packages.props ./
COPY PolyCopy.Modules/PolyCopy.Modules.csproj PolyCopy.Modules/
COPY PolyCopy.Host/PolyCopy.Host.csproj PolyCopy.Host/
RUN dotnet restore PolyCopy.Host
COPY appsettings.json ./
COPY PolyCopy.Modules/ PolyCopy.Modules/
COPY PolyCopy.Host/ PolyCopy.Host/
RUN dotnet publish PolyCopy.Host --configuration Release --no-restore --output /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
# the idle spin of the thread pool costs a third of a core at a thousand messages a second
ENV DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0 \
    Urls=http://0.0.0.0:8080 \
    Data__Path=/data
RUN mkdir /data && chown $APP_UID /data
VOLUME /data
USER $APP_UID
EXPOSE 8080
ENTRYPOINT ["dotnet", "PolyCopy.Host.dll"]
